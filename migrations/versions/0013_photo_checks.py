"""keys of photos by name, photos without files, the checks of the photo store"""

import sqlalchemy as sa
from alembic import op
revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('photo_checks',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('position', sa.Text(), nullable=False),
    sa.Column('files', sa.BigInteger(), nullable=False),
    sa.Column('removed', sa.BigInteger(), nullable=False),
    sa.Column('missing', sa.BigInteger(), nullable=False),
    sa.Column('fault', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photo_checks'))
    )
    op.add_column('photos', sa.Column('missing_since', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_photos_key_name', 'photos', ['key_name'], unique=False)
    op.create_index('ix_photos_missing', 'photos', ['missing_since'], unique=False, postgresql_where='missing_since IS NOT NULL')


def downgrade() -> None:
    op.drop_index('ix_photos_missing', table_name='photos', postgresql_where='missing_since IS NOT NULL')
    op.drop_index('ix_photos_key_name', table_name='photos')
    op.drop_column('photos', 'missing_since')
    op.drop_table('photo_checks')
