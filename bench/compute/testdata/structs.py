class User:
    def __init__(self, name, age, score):
        self.name, self.age, self.score = name, age, score


def run():
    users = []
    for i in range(3000):
        users.append(User("u", i * 7919 % 101, float(i)))
    for _ in range(20):
        for u in users:
            u.age = (u.age + 3) % 101
            u.score += float(u.age)
    users.sort(key=lambda u: u.score)
    return int(users[7].score) + users[9].age
