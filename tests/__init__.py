"""The tests of Firstmile."""
