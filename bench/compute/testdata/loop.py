def run():
    total = 0
    for i in range(1000000):
        if i % 3 == 0:
            total += i & 7
        else:
            total ^= i
    return total
