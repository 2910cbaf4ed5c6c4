"""The desk as it is deployed: web servers, workers and vendors as processes of their own, over real HTTP."""
