"""The review desk where Vietnam's social security opens VssID digital accounts."""
