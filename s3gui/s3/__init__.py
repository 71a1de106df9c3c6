"""The gateway: aiobotocore and domain. No Qt, no transfers."""
