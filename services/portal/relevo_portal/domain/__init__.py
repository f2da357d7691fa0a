"""The one rule that is the portal's own: how long somebody is in. All others are the services'."""
