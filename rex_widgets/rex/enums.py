"""ReX's enumerations, and the names that the settings have for their members."""

from __future__ import annotations

from enum import Enum

Strategy = Enum("Strategy", ["Global", "Spatial", "MultiSpotlight", "Contrastive"])
Queue = Enum("Queue", ["Area", "All", "Intersection", "DC"])
Distribution = Enum("Distribution", ["Binomial", "Uniform", "BetaBinomial", "Adaptive"])
ResponsibilityStyle = Enum("ResponsibilityStyle", ["Additive", "Multiplicative"])
SpatialSearch = Enum("SpatialSearch", ["NotFound", "Found"])
Setup = Enum("Setup", ["ONNXMPS", "ONNX", "PYTORCH"])

_NAMES: dict[Enum, str] = {
    Strategy.Global: "global",
    Strategy.Spatial: "spatial",
    Strategy.MultiSpotlight: "multi",
    Strategy.Contrastive: "contrastive",
    Queue.Area: "area",
    Queue.All: "all",
    Queue.Intersection: "intersection",
    Queue.DC: "dc",
    Distribution.Binomial: "binom",
    Distribution.Uniform: "uniform",
    Distribution.BetaBinomial: "betabinom",
    Distribution.Adaptive: "adaptive",
    ResponsibilityStyle.Additive: "additive",
    ResponsibilityStyle.Multiplicative: "multiplicative",
}


def name_of(value: object) -> object:
    """The setting that a member stands for; what is no member is a setting already."""
    return _NAMES.get(value, value) if isinstance(value, Enum) else value


def member_of(kind: type[Enum], name: object) -> object:
    """The member that a setting's name stands for; what has none stays as it is."""
    if name == "complete":
        name = "contrastive"
    return next(
        (member for member, known in _NAMES.items() if isinstance(member, kind) and known == name),
        name,
    )
