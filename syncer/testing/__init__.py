"""What connector authors test with: a provider in memory. Shipped with the package."""
