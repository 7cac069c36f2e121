import io


def line(b, i, name):
    b.write("%d: %s has %5.2f%%\n" % (i, name, i / 7))


def run():
    n = 0
    for _ in range(20):
        b = io.StringIO()
        for i in range(500):
            line(b, i, "somebody")
        n += len(b.getvalue())
    return n
