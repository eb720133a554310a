#!/usr/bin/env python3
"""Lists the public interface of the library from rustdoc's JSON.

    .ci/public_api.py target/doc/nodupe.json

prints one line per item. Two things are errors: a signature that names a type of
another crate than the standard library's, whose next major version would break
this one's users; and one that names a type of this crate that has no public name.
"""

import json
import sys

OWN = {"std", "core", "alloc", "nodupe"}


def named_in(value, crate):
    """The types and traits that a signature names: crate, path and id."""
    if isinstance(value, list):
        for item in value:
            yield from named_in(item, crate)
    elif isinstance(value, dict):
        if "path" in value and "id" in value and "args" in value:
            known = crate["paths"].get(str(value["id"]))
            number = known["crate_id"] if known else 0
            of = crate["external_crates"][str(number)]["name"] if number else "nodupe"
            yield of, value["path"], value["id"]
        for item in value.values():
            yield from named_in(item, crate)


def children(item, kind, crate):
    """The ids of the items inside an item."""
    inner = item["inner"][kind]
    if kind == "struct":
        fields = inner["kind"]
        if isinstance(fields, dict):
            listed = fields.get("plain", {}).get("fields") or fields.get("tuple") or []
            yield from (field for field in listed if field is not None)
    if kind == "enum":
        yield from inner["variants"]
    if kind in ("trait", "module"):
        yield from inner["items"]
    for implementation in inner.get("impls", []) if isinstance(inner, dict) else []:
        block = crate["index"].get(str(implementation))
        if block and block["inner"]["impl"]["trait"] is None:
            yield from block["inner"]["impl"]["items"]


def listed(item, path, crate, lines, named):
    """Adds an item and what is inside it; `lines` are by id."""
    kind = next(iter(item["inner"]))
    if kind == "use":
        used = item["inner"]["use"]
        target = crate["index"].get(str(used["id"]))
        if target:
            listed(target, path[:-1] + [used["name"]], crate, lines, named)
        return
    lines[item["id"]] = f"{kind} {'::'.join(path)}"
    if kind in ("function", "struct_field", "assoc_const", "constant", "type_alias"):
        for of, name, id_ in named_in(item["inner"], crate):
            named.append(("::".join(path), of, name, id_))
    for id_ in children(item, kind, crate):
        child = crate["index"].get(str(id_))
        is_public = child and child["visibility"] in ("public", "default")
        if is_public and (child["name"] or "use" in child["inner"]):
            listed(child, path + [child["name"] or ""], crate, lines, named)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        crate = json.load(file)
    lines, named = {}, []
    root = crate["index"][str(crate["root"])]
    for id_ in root["inner"]["module"]["items"]:
        item = crate["index"].get(str(id_))
        if item and item["visibility"] == "public":
            listed(item, ["nodupe", item["name"] or ""], crate, lines, named)
    print("\n".join(sorted(lines.values())))
    wrong = [
        f"{path} names {name}, of {of}" if of != "nodupe" else f"{path} names {name}, which is not public"
        for path, of, name, id_ in named
        if of not in OWN or (of == "nodupe" and id_ not in lines)
    ]
    if wrong:
        sys.exit("\n".join(wrong))


main()
