from hypothesis import settings

settings.register_profile("identity", deadline=None, max_examples=80)
settings.load_profile("identity")
