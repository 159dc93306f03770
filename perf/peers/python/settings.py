"""Settings from the environment. A missing one stops the start."""

import os

AUTH_JWKS = os.environ["AUTH_JWKS"]
AUTH_ISSUER = os.environ["AUTH_ISSUER"]
AUTH_AUDIENCE = os.environ["AUTH_AUDIENCE"]
PERSONS_TABLE = os.environ["PERSONS_TABLE"]
USERS_TABLE = os.environ["USERS_TABLE"]
IDENTITIES_TABLE = os.environ["IDENTITIES_TABLE"]
SEQUENCES_TABLE = os.environ["SEQUENCES_TABLE"]
