package std

import (
	gc "go/constant"
	"go/types"
	"reflect"
	"testing"
)

// TestTypedConstantsKeepTheirType: without its type, time.Second would print as 1000000000.
func TestTypedConstantsKeepTheirType(t *testing.T) {
	untyped := reflect.TypeFor[gc.Value]()
	for path, pkg := range Packages() {
		for name, symbol := range Symbols(path) {
			c, ok := pkg.Scope().Lookup(name).(*types.Const)
			if !ok {
				continue
			}
			basic, _ := c.Type().(*types.Basic)
			want := basic != nil && basic.Info()&types.IsUntyped != 0
			if got := symbol.Type().Implements(untyped); got != want {
				t.Errorf("%s.%s is untyped: got %v, want %v", path, name, got, want)
			}
		}
	}
}
