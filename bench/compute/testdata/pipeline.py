import queue
import threading


def generate(n, out):
    for i in range(n):
        out.put(i)
    out.put(None)


def double(source, out):
    while True:
        n = source.get()
        if n is None:
            break
        out.put(n * 2)
    out.put(None)


def run():
    a, b = queue.Queue(16), queue.Queue(16)
    threads = [
        threading.Thread(target=generate, args=(20000, a)),
        threading.Thread(target=double, args=(a, b)),
    ]
    for t in threads:
        t.start()
    total = 0
    while True:
        n = b.get()
        if n is None:
            break
        total += n
    for t in threads:
        t.join()
    return total
