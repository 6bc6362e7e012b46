"""What each new app compiles anew, templates, URL rules, SQL and bundles, is compiled once a worker.

Nearly every test builds a house and opens databases for itself. More than half of a test's time was spent
on compiling the same templates, rules and statements again; what they do is not changed by keeping the code.
"""

from __future__ import annotations

from functools import cache

from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from shared_web import assets

# More than there are, so that none is thrown away and compiled again.
STATEMENTS = 10_000


class CompiledTemplates(BytecodeCache):
    def __init__(self):
        self._codes = {}

    def load_bytecode(self, bucket):
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self._codes[bucket.key, bucket.checksum] = bucket.code


def compile_once():
    _keep_templates()
    _keep_rules()
    _keep_statements()
    _keep_bundles()


def _keep_templates():
    templates, make = CompiledTemplates(), Flask.create_jinja_environment

    def make_with_cache(app):
        environment = make(app)
        environment.bytecode_cache = templates
        return environment

    Flask.create_jinja_environment = make_with_cache


def _keep_rules():
    kept, compile_rule = {}, Rule.compile

    def compile_once_each(rule):
        # All that the code is made of; the converters keep nothing of an app.
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults))
        if key not in kept:
            compile_rule(rule)
            builders = rule._build.__func__, rule._build_unknown.__func__
            kept[key] = rule._parts, rule._trace, rule._converters, frozenset(rule.arguments), builders
        rule._parts, rule._trace, rule._converters, arguments, builders = kept[key]
        rule.arguments = set(arguments)
        rule._build, rule._build_unknown = (build.__get__(rule) for build in builders)

    Rule.compile = compile_once_each


def _keep_statements():
    """Each engine has a dialect of its own; those of one database say the same."""
    statements = LRUCache(STATEMENTS)
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda mine, other: type(mine) is type(other)
        dialect.__hash__ = lambda mine: hash(type(mine))
    Engine._compiled_cache = property(lambda engine: statements, lambda engine, _own: None)


def _keep_bundles():
    """The files of a house do not change while its tests run."""
    assets.Assets = cache(assets.Assets)
