def run():
    text = "the quick brown fox jumps over the lazy dog and runs from the old bear " * 40
    total = 0
    for _ in range(30):
        counts = {}
        for w in text.split():
            counts[w] = counts.get(w, 0) + 1
        for n in counts.values():
            total += n
        total += counts["the"]
    return total
