"""A soak: the engine watched for minutes, also under load."""
