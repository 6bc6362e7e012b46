from migrations.environment import run
from pos_web.tables import book_metadata

run(book_metadata)
