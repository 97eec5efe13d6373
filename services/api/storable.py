"""What an address may hold: PostgreSQL's texts know no null character, wherever one would be looked for."""

from fastapi import Request

from casebook.domain.errors import Invalid


async def storable_address(request: Request) -> None:
    """Refuse a null character in the path or the query, before anything is looked up. Raises Invalid."""
    named = [*request.path_params.items(), *request.query_params.multi_items()]
    for name, value in named:
        if isinstance(value, str) and ("\0" in value or "\0" in name):
            raise Invalid(
                "The address holds a null character, which nothing here is named by.", field=name.replace("\0", "")
            )
