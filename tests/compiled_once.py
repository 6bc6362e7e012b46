"""What each new app compiles anew, templates and URL rules, is compiled once a worker.

Nearly every test builds both houses for itself. Half of a test's time was spent on compiling the same
templates and the same rules again; what they do is not changed by keeping the code.
"""

from __future__ import annotations

from flask import Flask
from jinja2 import BytecodeCache
from werkzeug.routing import Rule


class CompiledTemplates(BytecodeCache):
    def __init__(self):
        self._codes = {}

    def load_bytecode(self, bucket):
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self._codes[bucket.key, bucket.checksum] = bucket.code


def compile_once():
    _keep_templates()
    _keep_builders_of_addresses()


def _keep_templates():
    templates, make = CompiledTemplates(), Flask.create_jinja_environment

    def make_with_cache(app):
        environment = make(app)
        environment.bytecode_cache = templates
        return environment

    Flask.create_jinja_environment = make_with_cache


def _keep_builders_of_addresses():
    builders, compile_builder = {}, Rule._compile_builder

    def compiled_builder(rule, append_unknown=True):
        # All that the code is made of; converters are looked up in the rule when it runs.
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    Rule._compile_builder = compiled_builder
