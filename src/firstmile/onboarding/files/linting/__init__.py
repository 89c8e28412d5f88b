"""What can be said of steps before anybody takes them."""
