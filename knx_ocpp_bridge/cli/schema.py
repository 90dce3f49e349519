"""`schema`: what editors and the documentation are made of."""

import json

import click

from knx_ocpp_bridge.config.manual import group_objects_page
from knx_ocpp_bridge.config.schema import schema as json_schema


@click.command()
@click.option("--group-objects", is_flag=True, help="The page of group objects (Markdown) instead.")
def schema(*, group_objects: bool) -> None:
    """Print the JSON schema of the configuration, for editors."""
    if group_objects:
        print(group_objects_page(), end="")
    else:
        print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
