package script

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

var generatedPrograms = flag.Int("programs", 80, "how many generated programs to compare")

// FuzzProgramsRunAsCompiled makes programs of a grammar, compiles them all at once, and compares what
// each prints with what it prints as a script.
func FuzzProgramsRunAsCompiled(f *testing.F) {
	programs := 40
	if worker := flag.Lookup("test.fuzzworker"); worker != nil && worker.Value.String() == "true" {
		programs = 10 // an input may take ten seconds
	}
	for seed := range uint64(*generatedPrograms / 40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		n := newNativeBuild(t)
		n.flags = []string{"-gcflags=-N -l"} // quick to compile
		var calls strings.Builder
		texts := make([]string, programs)
		for i := range texts {
			prefix := fmt.Sprintf("P%d", i)
			if i%2 == 0 {
				texts[i] = generate(seed<<8+uint64(i), prefix)
			} else {
				texts[i] = generateBorder(seed<<8+uint64(i), prefix)
			}
			n.put(t, prefix+".go", "package main\n"+texts[i])
			fmt.Fprintf(&calls, "\tfmt.Println(\"\\x01program %s\")\n\t%stry(%sMain)\n", prefix, prefix, prefix)
		}
		n.put(t, "main.go", "package main\n\nimport \"fmt\"\n\nfunc main() {\n"+calls.String()+"}\n")
		want := strings.Split(n.run(t, false), diffMark)[1:]
		for i, text := range texts {
			prefix := fmt.Sprintf("P%d", i)
			text += fmt.Sprintf("func Run() { %stry(%sMain) }\n", prefix, prefix)
			script, err := interpretProgram(t, "package main\n"+text)
			if err != nil {
				t.Errorf("refused: %v\n%s", err, text)
				continue
			}
			got := script.run("Run")
			if name := engineNames.FindString(got); name != "" {
				t.Errorf("seed %d, program %d: a name of the engine's own shows: %s\n%s", seed, i, name, text)
			}
			if _, printed, _ := strings.Cut(want[i], "\n"); got != printed {
				t.Errorf("seed %d, program %d: %s\n%s", seed, i, firstDifference(got, printed), text)
			}
		}
	})
}
