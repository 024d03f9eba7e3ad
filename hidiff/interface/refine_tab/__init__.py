"""The tab that refines: its controls, its events, and what they change on the page."""
