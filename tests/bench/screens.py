"""To come."""


def figures(offices, chosen, work, packages):
    return []
