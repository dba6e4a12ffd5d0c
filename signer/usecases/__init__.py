"""What a person can ask for, one file each; knows ports, never implementations."""
