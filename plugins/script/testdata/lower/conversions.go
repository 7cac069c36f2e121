package main

func bytes(s string, f float64) ([]byte, int8) {
	return []byte(s), int8(f)
}
