def run():
    seed, total = 42, 0
    for _ in range(40):
        items = [0] * 4000
        for i in range(len(items)):
            seed = (seed * 1103515245 + 12345) % 2147483648
            items[i] = seed
        items.sort()
        total += items[100] % 1000
    return total
