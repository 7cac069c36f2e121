def run():
    text = "Grüße aus der 世界, wie geht's? " * 60
    n = 0
    for _ in range(20):
        for r in text:
            if r.isalpha():
                n += ord(r) & 15
    return n
