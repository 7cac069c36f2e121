package layout

import (
	"go/types"
	"reflect"
	"sync"
	"testing"

	"wshd/plugins/script/std"
)

// A type that no package exports is found by whoever asks for it, also while somebody else is the first to.
func TestHostTypesAreFoundByAllWhoAskAtOnce(t *testing.T) {
	unexported := std.Packages()["encoding/binary"].Scope().Lookup("BigEndian").Type().(*types.Named)
	for range 50 {
		var h hostTypes
		var wg sync.WaitGroup
		found := make([]reflect.Type, 100)
		for i := range found {
			wg.Go(func() { found[i] = h.find(unexported) })
		}
		wg.Wait()
		for _, rt := range found {
			if rt == nil || rt.String() != "binary.bigEndian" {
				t.Fatalf("got %v, want binary.bigEndian", rt)
			}
		}
	}
}
