"use strict";
document.querySelector(".logo").addEventListener("click", () => window.scrollTo({ top: 0, behavior: "smooth" }));
