package main

import (
	"os"

	"github.com/schollz/progressbar/v3"
)

// bar shows on a terminal how far a long run is; elsewhere it shows nothing. The
// total is named with each step; units may be bytes.
func bar(what string, bytes bool) func(done, of int64) {
	info, err := os.Stderr.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(int64, int64) {}
	}
	var b *progressbar.ProgressBar
	return func(done, of int64) {
		if b == nil {
			b = progressbar.NewOptions64(of, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(what),
				progressbar.OptionShowBytes(bytes), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
		}
		_ = b.Set64(done) // a bar that cannot be drawn is no reason to stop
	}
}
