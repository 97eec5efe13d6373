"""What every table shares: key, instants, naming of constraints."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Double,
    Identity,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

Key = Annotated[UUID, mapped_column(Uuid, primary_key=True, server_default=text("uuidv7()"))]
BigKey = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Now = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())]
DiameterMm = Annotated[Decimal, mapped_column(Numeric(5, 1))]
Version = Annotated[int, mapped_column(server_default=text("1"))]

RESTRICTED = "restricted"
"""Schema of the link between subjects and the persons they are; nothing else may hold an identity."""


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        date: Date,
        float: Double,
        int: BigInteger,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
        list[float]: ARRAY(Double),
    }
