"""What stands between a connector and everybody else: whatever a stranger's code does stays its own affair.

`classes` puts a connector's class behind the fence, so that each call to it (`connector`) ends in an answer
of the right shape (`values`) or in an error of the closed set (`errors`), and in nothing else. Nothing here
knows a provider, and a connector that keeps the contract meets nothing of it.
"""

from syncer.fence.classes import fenced, stand_in

__all__ = ["fenced", "stand_in"]
