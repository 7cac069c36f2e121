def multiply(a, b, n):
    c = []
    for i in range(n):
        row = [0.0] * n
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i][k] * b[k][j]
            row[j] = s
        c.append(row)
    return c


def run():
    n = 70
    a = [[float(i + j) for j in range(n)] for i in range(n)]
    b = [[float(i - j) for j in range(n)] for i in range(n)]
    c = multiply(a, b, n)
    return int(c[3][5] + c[n - 1][n - 1])
