"""All Qt. May import domain, transfers and settings; never s3 or accounts."""
