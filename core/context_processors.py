from core.shell import Shell


def shell(request):
    """`shell`: the frame of the page; it renders nothing until base.html asks."""
    return {"shell": Shell(request)}
