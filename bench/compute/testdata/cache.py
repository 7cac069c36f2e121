import threading


class Cache:
    def __init__(self):
        self.mu = threading.Lock()
        self.entries = {}
        self.hits = 0

    def get(self, key):
        with self.mu:
            v = self.entries.get(key)
            if v is not None:
                self.hits += 1
            return v

    def put(self, key, v):
        with self.mu:
            self.entries[key] = v


def run():
    c = Cache()
    total = 0
    for i in range(20000):
        key = str(i % 500)
        v = c.get(key)
        if v is None:
            v = i * 3
            c.put(key, v)
        total += v
    return total + c.hits
