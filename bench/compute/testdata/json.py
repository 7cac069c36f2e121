import json


def run():
    n = 0
    e = {"type": "say", "name": "Ann", "tags": ["a", "bb", "ccc"], "seats": {"x": 1, "y": 2}}
    for i in range(1500):
        text = json.dumps(e, separators=(",", ":"))
        back = json.loads(text)
        n += len(text) + len(back["tags"]) + back["seats"]["y"]
    return n
