package format

import (
	"fmt"
	"reflect"
	"strings"

	"wshd/plugins/script/boxed"
)

// Spaces prepares what fmt.Print, which puts spaces between operands when neither is a string, would
// do with boxes of strings: they are printed before.
func Spaces(name string, args []reflect.Value) {
	if name = name[strings.LastIndexByte(name, '.')+1:]; !strings.HasSuffix(name, "rint") && name != "Panic" && name != "Append" || len(args) == 0 {
		return
	}
	list, ok := args[len(args)-1].Interface().([]any)
	if !ok {
		return
	}
	strs, boxes := make([]bool, len(list)), false
	for i, a := range list {
		if t, _ := boxed.Of(a); t != nil {
			strs[i] = t.Laid.Kind() == reflect.String
			boxes = boxes || strs[i]
		} else if a != nil {
			strs[i] = reflect.TypeOf(a).Kind() == reflect.String
		}
	}
	if !boxes {
		return
	}
	var b strings.Builder
	for i, a := range list {
		if i > 0 && !strs[i] && !strs[i-1] {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, boxed.Apart(reflect.ValueOf(&a).Elem(), false, false).Interface())
	}
	args[len(args)-1] = reflect.ValueOf([]any{b.String()})
}
