package sqltest

import (
	"fmt"
	"os"
	"strings"
)

// procState is the state of a process as Linux shows it: "T" when it is stopped.
func procState(pid int) (string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	_, after, _ := strings.Cut(string(b), ") ")
	state, _, _ := strings.Cut(after, " ")
	return state, nil
}
