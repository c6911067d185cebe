"""What tests share: clients that act as a display or a person does."""
