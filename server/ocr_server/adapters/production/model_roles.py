"""Which version of a model serves, and which one is only compared with it: told by the model's config on Triton.

``config.pbtxt`` holds it, so that it outlives a restart; Triton tells it to every server that asks, so that all of them
agree and none keeps it. A request names the version it is for: one that is being loaded answers nobody by accident.
"""

import re
from dataclasses import dataclass, replace
from typing import Self

from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

_OURS = ("serving_version", "previous_version", "shadow_version", "shadow_share")
# Lines that are ours to replace, each of them whole.
_LINE = re.compile(rf'^(version_policy\b.*|parameters \{{ key: "({"|".join(_OURS)})".*)\n', re.MULTILINE)


class NoRoles(ValueError):
    """The config does not say who serves, or cannot be made to."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The versions that Triton is to load, and what each is for.

    serving: answers. previous: the one before, still loaded. shadow: asked too for this share of the requests, from
    0 to 1, and never heard.
    """

    loaded: tuple[int, ...]
    serving: int
    previous: int | None = None
    shadow: int | None = None
    shadow_share: float = 0.0

    @classmethod
    def of(cls, config: ModelConfig) -> Self:
        """Read them from a model's config. Raises NoRoles if it has none."""
        told = {name: config.parameters[name].string_value for name in _OURS if name in config.parameters}
        loaded = tuple(config.version_policy.specific.versions)
        if "serving_version" not in told or not loaded:
            raise NoRoles(
                f"the config of {config.name} needs a version_policy of specific versions and serving_version"
            )
        shadow, previous = told.get("shadow_version"), told.get("previous_version")
        roles = cls(
            loaded,
            serving=int(told["serving_version"]),
            previous=int(previous) if previous else None,
            shadow=int(shadow) if shadow else None,
            shadow_share=float(told.get("shadow_share", 0)),
        )
        if not {roles.serving, roles.previous, roles.shadow} - {None} <= set(loaded):
            raise NoRoles(f"the config of {config.name} gives a part to a version that it does not load: {roles}")
        return roles

    def with_loaded(self, version: int) -> Self:
        """Load one more."""
        return replace(self, loaded=tuple(sorted({*self.loaded, version})))

    def with_shadow(self, version: int, share: float) -> Self:
        """Ask it too, for this share of the requests; nobody any more at a share of 0."""
        self._must_be_loaded(version)
        if version == self.serving:
            raise NoRoles(f"version {version} serves already")
        return replace(self, shadow=version if share else None, shadow_share=share)

    def promoted(self, version: int) -> Self:
        """Let it serve; the one before stays loaded, to go back to."""
        self._must_be_loaded(version)
        if version == self.serving:
            raise NoRoles(f"version {version} serves already")
        return replace(self, serving=version, previous=self.serving, shadow=None, shadow_share=0.0)

    def rolled_back(self) -> Self:
        """Back to the one that served before, or just to the one that serves; all others are unloaded."""
        serving = self.previous or self.serving
        if self.loaded == (serving,):
            raise NoRoles(f"only version {serving} is loaded: there is nothing to go back from")
        return type(self)((serving,), serving)

    def written_into(self, config_text: str) -> str:
        """The text of a config.pbtxt with these roles; all else in it stays as it was. Raises NoRoles if that fails."""
        values = (self.serving, self.previous, self.shadow, self.shadow_share or None)
        versions = ", ".join(map(str, self.loaded))
        lines = [f"version_policy {{ specific {{ versions: [ {versions} ] }} }}\n"]
        lines += [
            f'parameters {{ key: "{name}" value {{ string_value: "{value}" }} }}\n'
            for name, value in zip(_OURS, values, strict=True)
            if value is not None
        ]
        if not (place := _LINE.search(config_text)):
            raise NoRoles("the config has no version_policy on a line of its own")
        before, after = config_text[: place.start()], _LINE.sub("", config_text[place.start() :])
        text = before + "".join(lines) + after
        try:
            is_told = Roles.of(text_format.Parse(text, ModelConfig())) == self
        except text_format.ParseError:
            is_told = False
        if not is_told:
            raise NoRoles("the config tells roles in some other way than on lines of their own")
        return text

    def _must_be_loaded(self, version: int) -> None:
        if version not in self.loaded:
            raise NoRoles(f"version {version} is not loaded, only {', '.join(map(str, self.loaded))}")
