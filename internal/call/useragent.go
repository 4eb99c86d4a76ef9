package call

import "runtime/debug"

const (
	product = "supplierpay-go"
	module  = "github.com/supplierpay/supplierpay-go"
	devel   = "devel"
)

// userAgent is the header of a client: this module with its version, the provider, and the program that uses it.
func userAgent(provider, app string) string {
	info, _ := debug.ReadBuildInfo()
	ua := product + "/" + moduleVersion(info) + " (" + provider + ")"
	if app != "" {
		ua += " " + app
	}
	return ua
}

// moduleVersion finds the version of this module in the build info of a program, which may be nil. A module that was
// built from a directory has none.
func moduleVersion(info *debug.BuildInfo) string {
	if info == nil {
		return devel
	}
	version := ""
	if info.Main.Path == module {
		version = info.Main.Version
	}
	for _, dep := range info.Deps {
		if dep.Path != module {
			continue
		}
		version = dep.Version
		if dep.Replace != nil {
			version = dep.Replace.Version
		}
	}
	if !IsToken(version) { // "", "(devel)"
		return devel
	}
	return version
}
