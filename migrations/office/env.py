from backoffice_web.tables import metadata
from migrations.environment import run

run(metadata)
