class Square:
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side * self.side


class Rect:
    def __init__(self, w, h):
        self.w, self.h = w, h

    def area(self):
        return self.w * self.h


def run():
    shapes = [Square(3), Rect(2, 5), Square(4), Rect(7, 1)]
    total = 0
    for i in range(60000):
        total += shapes[i % 4].area()
    return total
