"""From the group objects of devices to who is linked to each group address, with flags."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from knx_ocpp_bridge.ets.flags import over
from knx_ocpp_bridge.ets.gathering import Gathering
from knx_ocpp_bridge.ets.programs import NOTHING, Described, HardwareReader, ProgramReader, program_of, reference_of
from knx_ocpp_bridge.ets.project import EtsError, Link
from knx_ocpp_bridge.ets.project_xml import Instance, ProjectReader
from knx_ocpp_bridge.ets.words import datapoint_type
from knx_ocpp_bridge.ets.xml_stream import walk
from knx_ocpp_bridge.ets.zip_files import Archive, NoPasswordError

_MANUFACTURER: Final = len("M-0000")


def links(reader: ProjectReader, files: Archive, gathered: Gathering) -> Mapping[int, tuple[Link, ...]]:
    """Who is linked to each group address, in the order of the project.

    What the files of manufacturers do not tell is left out with a warning; their trouble never costs the project.
    """
    hardware = _hardware(reader.instances, files, gathered)
    by_program: defaultdict[str, list[Instance]] = defaultdict(list)
    for instance in reader.instances:
        by_program[program_of(instance, hardware)].append(instance)
    told: defaultdict[int, list[Link]] = defaultdict(list)
    for program, instances in by_program.items():
        described = _described(program, instances, files, gathered)
        for instance in instances:
            level = described.get(reference_of(instance, program), NOTHING)
            for identity in instance.links:
                raw = reader.identities.get(identity)
                if raw is not None:
                    told[raw].append(_link(instance, level, sends=identity == instance.sends_on))
    return {raw: tuple(each) for raw, each in told.items()}


def _link(instance: Instance, level: Described, *, sends: bool) -> Link:
    communication, *rest = over(instance.flags, level.flags)
    read, write, transmit, update = (bool(flag) and communication is not False for flag in rest)
    dpts = (instance.dpts or level.dpts).split()[:1]
    return Link(
        instance.device.name,
        instance.text or level.text,
        read=read,
        write=write,
        transmit=transmit,
        update=update,
        sends=sends,
        dpt=datapoint_type(dpts[0]) if dpts else None,
        flags_known=None not in rest,
    )


def _hardware(instances: Sequence[Instance], files: Archive, gathered: Gathering) -> Mapping[str, str]:
    """Which application program each device has, where the ids of its group objects do not tell."""
    reader = HardwareReader()
    short = {instance.device.hardware for instance in instances if not instance.reference.startswith("M-")}
    for manufacturer in sorted({hardware[:_MANUFACTURER] for hardware in short}):
        name = f"{manufacturer}/Hardware.xml"
        if name in files.members:
            try:
                walk(files.stream(name), f"{files.place}, {name}", reader)
            except (EtsError, NoPasswordError) as error:
                gathered.warn(name, f"application programs are guessed: {error}")
    return reader.programs


def _described(
    program: str, instances: Sequence[Instance], files: Archive, gathered: Gathering
) -> Mapping[str, Described]:
    references = [reference_of(instance, program) for instance in instances]
    name = f"{program[:_MANUFACTURER]}/{program}.xml"
    if name not in files.members:
        missing = f"the application program {program or 'of some devices'} is not in it"
        gathered.warn(files.place, f"{missing}: flags of {len(instances)} linked group objects may be unknown")
        return {}
    reader = ProgramReader.of(references)
    try:
        reader.read(files.stream(name), f"{files.place}, {name}")
    except (EtsError, NoPasswordError) as error:
        gathered.warn(name, f"flags of {len(instances)} linked group objects may be unknown: {error}")
    return {reference: reader.described(reference) for reference in references}
