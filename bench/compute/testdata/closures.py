def counter(step):
    total = 0

    def add(n):
        nonlocal total
        total += n * step
        return total

    return add


def apply(items, f):
    last = 0
    for n in items:
        last = f(n)
    return last


def run():
    items = list(range(100))
    total = 0
    for i in range(600):
        total += apply(items, counter(i)) % 1000
    return total
