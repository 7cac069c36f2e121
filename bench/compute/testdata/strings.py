def reverse(s):
    return s[::-1]


def run():
    n = 0
    for i in range(3000):
        b = []
        for part in "one,two,three,four".split(","):
            b.append(part.upper())
            b.append("-")
        s = reverse("".join(b))
        if s.startswith("-R") and s[3] != "x":
            n += len(s[2:]) + s.find("ENO")
    return n
