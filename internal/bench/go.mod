module github.com/supplierpay/supplierpay-go/internal/bench

go 1.26.0

require (
	github.com/hashicorp/go-retryablehttp v0.7.8
	github.com/shopspring/decimal v1.6.0
	github.com/supplierpay/supplierpay-go v0.0.0
)

require github.com/hashicorp/go-cleanhttp v0.5.2 // indirect

replace github.com/supplierpay/supplierpay-go => ../..
