"""The tables as the engine describes them; `python -m tests.reads.schema_golden` writes the golden copy anew."""

from __future__ import annotations

import tempfile
from pathlib import Path

from turnpike.reads.engine import WRITER_SETTINGS, Session, started
from turnpike.reads.schema import migrate

GOLDEN = Path(__file__).parent / "golden" / "schema.sql"


def described(session: Session) -> str:
    """Every table of the session's database, by name, without the database's own name."""
    tables = session._run(
        lambda client: (
            client.query(
                "SELECT create_table_query, database FROM system.tables WHERE database = currentDatabase() ORDER BY name"
            ).result_rows
        )
    )
    return "\n\n".join(query.replace(f"{database}.", "") for query, database in tables) + "\n"


def main() -> None:
    """Write the golden copy."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reads"
        with started(path, "golden"):
            session = Session(path, "golden", WRITER_SETTINGS)
            migrate(session)
            GOLDEN.write_text(described(session), "utf-8")
            session.close()


if __name__ == "__main__":
    main()
