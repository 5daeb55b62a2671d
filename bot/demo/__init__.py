"""The main job on embedded defaults: a fictional shop, its recorded inbox, and customers who answer."""
