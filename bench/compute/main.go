// Compute measures what handlers compute between two messages: the programs in the folder testdata, as
// scripts of wshd's, in stock yaegi and in CPython, in the same run. It prints a table of ratios, with the
// goals. Rounds alternate, and what is compared is the least of the rounds.
package main

import (
	"embed"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed testdata
var programs embed.FS

// goal is what a program may take at most, as a multiple. 0: no goal.
type goal struct{ yaegi, python float64 }

var goals = map[string]goal{
	"calls": {1, 3}, "closures": {1, 0}, "json": {1.5, 0}, "loop": {1, 0.7}, "matrix": {1, 3}, "methods": {1, 0},
	"runes": {1, 0}, "sieve": {1, 0.7}, "sort": {1, 2}, "structs": {1, 1}, "words": {1.5, 0}, "strings": {1, 0},
	"cache": {1, 0}, "fprintf": {1, 0}, "pipeline": {1, 0},
}

const medianGoal = 0.5 // of the ratios to yaegi

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench/compute: ")
	only := flag.String("only", "", "measure the programs that this regular expression finds")
	rounds := flag.Int("rounds", 5, "rounds")
	python := flag.String("python", "python3", "the CPython to compare with")
	flag.Parse()
	if err := run(*only, *rounds, *python); err != nil {
		log.Fatal(err)
	}
}

// row is what a program took in each engine.
type row struct {
	name string
	took [3]time.Duration
}

func run(only string, rounds int, python string) error {
	which, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	files, err := programs.ReadDir("testdata")
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "compute")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	var rows []row
	for _, f := range files {
		name, isGo := strings.CutSuffix(f.Name(), ".go")
		if !isGo || !which.MatchString(name) {
			continue
		}
		r, err := measure(folder, name, rounds, python)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rows = append(rows, r)
	}
	show(rows)
	return nil
}

// measure takes the least of the rounds of each engine, and wants all to come to the same result.
func measure(folder, name string, rounds int, python string) (row, error) {
	text, err := programs.ReadFile(path.Join("testdata", name+".go"))
	if err != nil {
		return row{}, err
	}
	other, err := programs.ReadFile(path.Join("testdata", name+".py"))
	if err != nil {
		return row{}, err
	}
	engines := []func() (string, time.Duration, error){
		func() (string, time.Duration, error) { return inWshd(folder, name, string(text)) },
		func() (string, time.Duration, error) { return inYaegi(string(text)) },
		func() (string, time.Duration, error) { return inPython(python, string(other)) },
	}
	r := row{name: name}
	want := ""
	for range rounds {
		for i, engine := range engines {
			got, took, err := engine()
			if errors.Is(err, errRefused) {
				continue
			}
			if err != nil {
				return r, err
			}
			if want == "" {
				want = got
			}
			if got != want {
				return r, fmt.Errorf("engine %d comes to %s, the first to %s", i, got, want)
			}
			if r.took[i] == 0 || took < r.took[i] {
				r.took[i] = took
			}
		}
	}
	return r, nil
}

func show(rows []row) {
	fmt.Println("| program | wshd | yaegi | CPython | × yaegi | goal | × CPython | goal |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	var ratios []float64
	for _, r := range rows {
		g := goals[r.name]
		y, p := ratio(r.took[0], r.took[1]), ratio(r.took[0], r.took[2])
		if y > 0 {
			ratios = append(ratios, y)
		}
		fmt.Printf("| %s | %s | %s | %s | %.2f | %s | %.2f | %s |\n", r.name, text(r.took[0]), text(r.took[1]), text(r.took[2]),
			y, goalText(y, g.yaegi), p, goalText(p, g.python))
	}
	slices.Sort(ratios)
	if len(ratios) > 0 {
		m := ratios[len(ratios)/2]
		fmt.Printf("| median | | | | %.2f | %s | | |\n", m, goalText(m, medianGoal))
	}
}

func text(d time.Duration) string {
	if d == 0 {
		return "refused"
	}
	return d.Round(10 * time.Microsecond).String()
}

// ratio is 0 if there is nothing to compare with.
func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func goalText(got, want float64) string {
	switch {
	case want == 0 || got == 0:
		return ""
	case got > want:
		return fmt.Sprintf("≤ %g missed", want)
	}
	return fmt.Sprintf("≤ %g", want)
}
