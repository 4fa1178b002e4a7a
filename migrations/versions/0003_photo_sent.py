"""the photo that was sent by a one-time link waits with it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('photo_uploads', sa.Column('photo_id', sa.Uuid(), nullable=True))
    op.add_column('photo_uploads', sa.Column('wrapped_key', sa.LargeBinary(), nullable=True))
    op.add_column('photo_uploads', sa.Column('key_name', sa.Text(), nullable=True))
    op.add_column('photo_uploads', sa.Column('width', sa.BigInteger(), nullable=True))
    op.add_column('photo_uploads', sa.Column('height', sa.BigInteger(), nullable=True))
    op.add_column('photo_uploads', sa.Column('notes', postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column('photo_uploads', sa.Column('citizen_card', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True))
    op.create_check_constraint(op.f('ck_photo_uploads_whole'), 'photo_uploads', 'num_nulls(photo_id, wrapped_key, key_name, width, height, notes) IN (0, 6)')


def downgrade() -> None:
    op.drop_constraint(op.f('ck_photo_uploads_whole'), 'photo_uploads', type_='check')
    op.drop_column('photo_uploads', 'citizen_card')
    op.drop_column('photo_uploads', 'notes')
    op.drop_column('photo_uploads', 'height')
    op.drop_column('photo_uploads', 'width')
    op.drop_column('photo_uploads', 'key_name')
    op.drop_column('photo_uploads', 'wrapped_key')
    op.drop_column('photo_uploads', 'photo_id')
