package lower

import "log/slog"

// logBox is the box of a value that tells log/slog what to log of it.
type logBox struct{ box }

// LogValue is the script's method.
func (b logBox) LogValue() slog.Value {
	if out, ok := b.callMethod("LogValue"); ok && len(out) == 1 {
		if v, ok := out[0].Interface().(slog.Value); ok {
			return v
		}
	}
	return slog.AnyValue(b.box)
}
