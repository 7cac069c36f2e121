package main

type level int

func known(x any) bool {
	switch x := x.(type) {
	case level:
		return x > 0
	case error:
		return false
	}
	return x.(bool)
}
